import { existsSync } from 'node:fs'
import os from 'node:os'
import { expect, test } from 'vitest'
import { clocksApart, DEGRADATIONS, degradationsOf, pulsesOf, readDisk, silentOf } from './status'

const now = new Date('2027-03-28T01:30:00Z')
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1_000)
const TICKING = ['worker', 'reminders'].map((name) => ({ name, host: '', beatAt: ago(1), silent: 1 }))
const silent = (heartbeats: { name: string; beatAt: Date }[]) =>
  pulsesOf(
    heartbeats.map((beat) => ({ ...beat, host: '', silent: 1 })),
    now,
  )
    .filter(({ isSilent }) => isSilent)
    .map(({ name }) => name)

test('R-17 a clock is silent after two intervals without a tick, and one whose row is gone too', () => {
  const worker = { name: 'worker', beatAt: ago(60) }
  expect(silent([worker, { name: 'reminders', beatAt: ago(600) }])).toEqual([])
  expect(silent([worker, { name: 'reminders', beatAt: ago(661) }])).toEqual(['reminders'])
  expect(
    silent([
      { name: 'worker', beatAt: ago(66) },
      { name: 'reminders', beatAt: ago(1) },
    ]),
  ).toEqual(['worker'])
  expect(silent([worker])).toEqual(['reminders'])
  expect(silent([])).toEqual(['worker', 'reminders'])
})

test('R-17 of one name up to five silent processes are named, and more are one line with their number', () => {
  const beat = (name: string, host: string, count: number) => ({ name, host, beatAt: ago(3_600), silent: count })
  const lines = (...beats: ReturnType<typeof beat>[]) =>
    silentOf(pulsesOf([...beats, ...TICKING], now)).map(({ name, host, count }) => `${name} ${host} ${count}`)
  expect(lines(beat('submission', 'a', 5), beat('submission', 'b', 5))).toEqual(['submission a 1', 'submission b 1'])
  expect(lines(beat('submission', 'a', 6), beat('submission', 'b', 6), beat('console', 'a', 1))).toEqual([
    'submission  6',
    'console a 1',
  ])
})

test('R-15 clocks are apart by more than ten seconds, in either direction, and each process is named once', () => {
  const beats = [
    ['worker', -11],
    ['submission', 10],
    ['reminders', 60],
  ] as const
  const heartbeats = beats.map(([name, aheadSeconds]) => ({ name, host: 'a', beatAt: now, aheadSeconds }))
  const apart = clocksApart({ heartbeats, aheadSeconds: 11 })
  expect(apart.map(({ name }) => name)).toEqual(['console', 'worker'])
  expect(clocksApart({ heartbeats: [], aheadSeconds: 10 })).toEqual([])
})

test('R-16 R-17 each reason makes the whole degraded, by its own name', () => {
  const sound = {
    pulses: [],
    clocksApart: [],
    credentials: [],
    remindersGivenUp: 0,
    awaitsStandby: false,
    isFull: false,
    keysSound: true,
    disk: { isLow: false, isReadOnly: false },
    unknownProxy: null,
  }
  expect(
    degradationsOf({
      ...sound,
      credentials: [
        { state: 'soon', kind: 'client-secret' },
        { state: 'critical', kind: 'client-secret' },
      ],
    }),
  ).toEqual([])
  const all = degradationsOf({
    pulses: pulsesOf([], now),
    clocksApart: clocksApart({ heartbeats: [], aheadSeconds: 11 }),
    credentials: [
      { state: 'expired', kind: 'client-secret' },
      { state: 'refused', kind: 'client-secret' },
    ],
    remindersGivenUp: 1,
    awaitsStandby: false,
    isFull: true,
    keysSound: false,
    disk: { isLow: true, isReadOnly: true },
    unknownProxy: '10.1.2.3',
  })
  expect(all).toEqual(DEGRADATIONS.filter((each) => each !== 'standby-missing'))
  const silentPulses = { ...sound, pulses: pulsesOf([], now) }
  expect(degradationsOf(silentPulses)).toEqual(['clock-silent'])
  expect(degradationsOf({ ...silentPulses, awaitsStandby: true })).toEqual(['standby-missing'])
  expect(degradationsOf({ ...sound, credentials: [{ state: 'expired', kind: 'client-secret' }] })).toEqual([
    'credential-expired',
  ])
  expect(degradationsOf({ ...sound, credentials: [{ state: 'expired', kind: 'api-key' }] })).toEqual([])
})

test.runIf(existsSync('/proc/sys'))('R-17 a data directory where nothing can be written is noticed', async () => {
  expect(await readDisk(os.tmpdir())).toMatchObject({ isReadOnly: false })
  expect(await readDisk('/proc/sys')).toMatchObject({ isReadOnly: true }) // not even by root
})

test('R-15 R-17 a beat from a clock that was ahead is no silence', () => {
  expect(
    silent([
      { name: 'worker', beatAt: ago(-3_600) },
      { name: 'reminders', beatAt: ago(1) },
    ]),
  ).toEqual([])
})
