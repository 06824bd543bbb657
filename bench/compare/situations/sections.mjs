import { answers } from './answers.mjs'
import { ends } from './ends.mjs'
import { leaks } from './leaks.mjs'
import { oneRefresh } from './one-refresh.mjs'
import { replays } from './replays.mjs'
import { storms } from './storms.mjs'
import { users } from './users.mjs'

export const sections = [
  { title: 'One refresh, no reuse', situations: oneRefresh },
  { title: "One user's requests stay that user's", situations: users },
  { title: 'Everybody gets an answer', situations: answers },
  { title: 'No loop, no storm', situations: storms },
  { title: 'The session ends only when it is over', situations: ends },
  { title: 'What is sent again is what was sent', situations: replays },
  { title: 'Nothing leaks', situations: leaks },
]
