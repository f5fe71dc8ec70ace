import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { writeDurably } from './durable-files'

test('a file that is written durably is a new one, never what a link of its name leads to', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-durable-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const [file, link] = [path.join(folder, 'shadow'), path.join(folder, 'secret')]
  writeFileSync(file, 'root:*')
  symlinkSync(file, link)
  expect(() => writeDurably(link, 'secret')).toThrow(/^EEXIST/)
  expect(readFileSync(file, 'utf8')).toBe('root:*')
})

test('a file that is written durably is on the disk, and only its owner reads it', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-durable-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const [file, trace] = [path.join(folder, 'secret'), path.join(folder, 'trace.json')]
  const module = pathToFileURL(path.resolve('lib/kernel/durable-files.ts')).href
  const program = `import(${JSON.stringify(module)}).then(({ writeDurably }) => writeDurably(${JSON.stringify(file)}, 'ä'))`
  const traced = ['--trace-event-categories', 'node.fs.sync', '--trace-event-file-pattern', trace]
  execFileSync(process.execPath, [...traced, '--import', 'tsx', '--eval', program])

  const { traceEvents } = JSON.parse(readFileSync(trace, 'utf8')) as { traceEvents: { name: string }[] }
  expect(traceEvents.map(({ name }) => name)).toContain('fs.sync.fsync')
  expect(readFileSync(file, 'utf8')).toBe('ä')
  expect(statSync(file).mode & 0o777).toBe(0o600)
})
