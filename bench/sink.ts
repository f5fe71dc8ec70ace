// A mail server that accepts everything as fast as it can and stores nothing: STARTTLS, XOAUTH2, one reply for each command.
// It runs in a separate process, so that its work is not counted as ours. Prints `{"port", "caFile"}` when it listens.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { TLSSocket } from 'node:tls'
import { certificatesOfProcess } from '../simulator/tls/certificates'

const END_OF_DATA = Buffer.from('\r\n.\r\n')
const certificates = certificatesOfProcess()
const secureContext = certificates.context('good', false)

function serve(socket: Socket, secure: boolean): void {
  let text: Buffer = Buffer.alloc(0)
  let inData = false
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on('data', function take(chunk: Buffer) {
    text = text.length === 0 ? chunk : Buffer.concat([text, chunk])
    for (;;) {
      if (inData) {
        const end = text.indexOf(END_OF_DATA)
        if (end < 0) return
        text = text.subarray(end + END_OF_DATA.length)
        inData = false
        socket.write('250 2.0.0 taken\r\n')
        continue
      }
      const end = text.indexOf('\r\n')
      if (end < 0) return
      const command = text.toString('latin1', 0, end).slice(0, 8).toUpperCase()
      text = text.subarray(end + 2)
      if (command.startsWith('STARTTLS')) {
        socket.removeListener('data', take)
        socket.write('220 2.0.0 go ahead\r\n')
        serve(new TLSSocket(socket, { isServer: true, secureContext }), true)
        return
      }
      inData = command.startsWith('DATA')
      socket.write(replyTo(command, secure))
      if (command.startsWith('QUIT')) socket.end()
    }
  })
}

function replyTo(command: string, secure: boolean): string {
  if (command.startsWith('EHLO'))
    return `250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n${secure ? '250 AUTH XOAUTH2' : '250 STARTTLS'}\r\n`
  if (command.startsWith('AUTH')) return '235 2.7.0 welcome\r\n'
  if (command.startsWith('DATA')) return '354 go on\r\n'
  if (command.startsWith('QUIT')) return '221 2.0.0 bye\r\n'
  return '250 2.1.0 fine\r\n'
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-sink-'))
process.once('SIGTERM', () => {
  rmSync(folder, { recursive: true })
  process.exit()
})
const caFile = path.join(folder, 'ca.pem')
writeFileSync(caFile, certificates.caPem)
const server = createServer((socket) => {
  socket.write('220 sink\r\n')
  serve(socket, false)
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(JSON.stringify({ port: typeof address === 'object' ? address?.port : 0, caFile }))
})
