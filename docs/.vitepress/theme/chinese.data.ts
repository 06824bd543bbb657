import { chinese } from '../chinese.ts'

export declare const data: typeof chinese

export default { load: () => chinese }
