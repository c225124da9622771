// The thread of an Alarm: it does nothing but wait for the moment and ring.

import { workerData } from 'node:worker_threads'
import { alarmWords, momentOffset } from './alarm.ts'
import { hrtime, nanosecondsPerMillisecond } from './units.ts'

const words = new Int32Array(workerData as SharedArrayBuffer, 0, 2)
const moment = new Float64Array(workerData as SharedArrayBuffer, momentOffset, 1)

for (;;) {
  const wasSet = Atomics.load(words, alarmWords.set)
  const left = (moment[0]! - hrtime()) / nanosecondsPerMillisecond
  // Setting it again ends the wait early: the new moment counts.
  if (left > 0 && Atomics.wait(words, alarmWords.set, wasSet, left) !== 'timed-out') continue
  Atomics.add(words, alarmWords.rung, 1)
  Atomics.notify(words, alarmWords.rung)
  Atomics.wait(words, alarmWords.set, wasSet)
}
