export function bundle(input: string, external?: string[]): Promise<string>
