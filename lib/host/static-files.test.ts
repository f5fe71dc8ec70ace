import { once } from 'node:events'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { staticFiles } from './static-files'

const SCRIPT = 'console.log(1);'.repeat(100)
const folder = mkdtempSync(path.join(os.tmpdir(), 'static-'))
let server: Server
beforeAll(async () => {
  vi.stubEnv('POSTROOM_BASE_URL', 'https://post.contoso.example')
  mkdirSync(path.join(folder, 'static/chunks'), { recursive: true })
  writeFileSync(path.join(folder, 'static/chunks/1.js'), SCRIPT)
  writeFileSync(path.join(folder, 'static/chunks/1.js.br'), brotliCompressSync(SCRIPT))
  writeFileSync(path.join(folder, 'static/chunks/1.js.gz'), gzipSync(SCRIPT))
  writeFileSync(path.join(folder, 'static/2.woff2'), 'a font')
  writeFileSync(path.join(folder, 'static/3.js'), 'a script')
  writeFileSync(path.join(folder, 'secret.js'), 'not of the build')
  const answers = staticFiles(path.join(folder, 'static'))
  server = createServer((incoming, response) => {
    if (!answers(incoming, response)) response.end('the framework')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
  vi.unstubAllEnvs()
})

async function ask(url: string, headers: Record<string, string> = {}, method = 'GET') {
  const { port } = server.address() as AddressInfo
  const sent = request({ port, path: url, method, headers: { host: 'post.contoso.example', ...headers } }).end()
  const [answer] = await once(sent, 'response')
  return { headers: answer.headers, body: await buffer(answer) }
}

test('a file of the build is cached for a year, compressed as well as the browser can read it, and the same each time', async () => {
  const plain = await ask('/_next/static/chunks/1.js')
  expect(plain.body.toString()).toBe(SCRIPT)
  expect(plain.headers).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-type': 'text/javascript; charset=utf-8',
    vary: 'Accept-Encoding',
  })
  for (let round = 0; round < 2; round++) {
    const gzip = await ask('/_next/static/chunks/1.js', { 'accept-encoding': 'gzip, deflate' })
    expect(gzip.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(gzip.body).toString()).toBe(SCRIPT)
    const brotli = await ask('/_next/static/chunks/1.js', { 'accept-encoding': 'gzip, deflate, br, zstd' })
    expect(brotli.headers['content-encoding']).toBe('br')
    expect(brotliDecompressSync(brotli.body).toString()).toBe(SCRIPT)
  }
  const font = await ask('/_next/static/2.woff2', { 'accept-encoding': 'gzip' })
  expect([font.headers['content-type'], font.body.toString()]).toEqual(['font/woff2', 'a font'])
  expect((await ask('/_next/static/2.woff2', {}, 'HEAD')).body).toHaveLength(0)
})

test('F-52 a file that could not be read once is answered as soon as it can be', async () => {
  const file = path.join(folder, 'static/3.js')
  renameSync(file, `${file}.away`)
  await expect(ask('/_next/static/3.js')).rejects.toThrow('socket hang up')
  renameSync(`${file}.away`, file)
  expect((await ask('/_next/static/3.js')).body.toString()).toBe('a script')
})

test.each([
  ['a file outside the folder', '/_next/static/../../secret.js', {}, 'GET'],
  ['the same in code', '/_next/static/%2e%2e/%2e%2e/secret.js', {}, 'GET'],
  ['a file that is not there', '/_next/static/chunks/2.js', {}, 'GET'],
  ['another host', '/_next/static/chunks/1.js', { host: 'evil.example' }, 'GET'],
  ['another host behind a proxy', '/_next/static/chunks/1.js', { 'x-forwarded-host': 'evil.example' }, 'GET'],
  ['a post', '/_next/static/chunks/1.js', {}, 'POST'],
])('W-10 %s is left to the framework', async (_, url, headers, method) => {
  expect((await ask(url, headers, method)).body.toString()).toBe('the framework')
})
