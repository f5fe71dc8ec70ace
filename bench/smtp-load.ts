// A client that costs as little as it can: what it asks is measured, not itself.
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

export interface LoadPlace {
  port: number
  /** Encrypts the connection from the start and logs in. */
  login?: { user: string; password: string }
}

/** Opens a connection that has said EHLO, and logged in if it is to. */
export async function openClient({ port, login }: LoadPlace) {
  const socket: Socket = login
    ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    : connectPlain(port, '127.0.0.1')
  socket.setNoDelay(true)
  const hear = replies(socket)
  await hear(1, '220')
  socket.write('EHLO client.contoso.example\r\n')
  await hear(1, '250')
  if (login) {
    socket.write(`AUTH PLAIN ${Buffer.from(`\0${login.user}\0${login.password}`).toString('base64')}\r\n`)
    await hear(1, '235')
  }
  return {
    async send(bytes: Buffer) {
      socket.write('MAIL FROM:<bench@contoso.example>\r\nRCPT TO:<someone@fabrikam.example>\r\nDATA\r\n')
      await hear(3, '354')
      socket.write(Buffer.concat([bytes, Buffer.from('.\r\n')]))
      await hear(1, '250')
    },
    end: () => socket.end('QUIT\r\n'),
  }
}

/** Returns a function that waits for that many replies, of which the last begins with that code. */
function replies(socket: Socket): (count: number, last: string) => Promise<void> {
  let heard = ''
  let enough: (() => void) | null = null
  let wanted = 0
  let lost: Error | null = null
  const count = () => heard.match(/^\d{3} .*\r\n/gm)?.length ?? 0
  socket.on('error', (error) => {
    lost = error
  })
  socket.on('close', () => {
    lost ??= new Error('The connection ended')
    enough?.()
  })
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1')
    if (count() >= wanted) enough?.()
  })
  return (number, last) =>
    new Promise<void>((resolve, reject) => {
      wanted = number
      enough = () => {
        const line = heard.trimEnd().split('\r\n').at(-1) ?? ''
        heard = ''
        enough = null
        if (line.startsWith(last)) resolve()
        else reject(lost ?? new Error(`The server says ${line}`))
      }
      if (lost || count() >= wanted) enough()
    })
}
