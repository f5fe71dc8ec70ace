import { createServer, connect as dial, type Server, type Socket } from 'node:net'

/** For tests only: in front of a server, whose answers it gives late. */
export class SlowServer {
  delayMs = 0
  readonly #sockets = new Set<Socket>()
  private constructor(readonly server: Server) {}

  /** @param ownPort where it listens; any free one. */
  static async start(port: number, ownPort = 0): Promise<SlowServer> {
    const slow = new SlowServer(
      createServer((near) => {
        const far = dial(port, '127.0.0.1')
        for (const socket of [near, far]) {
          slow.#sockets.add(socket)
          socket.on('error', () => {})
          socket.on('close', () => {
            near.destroy()
            far.destroy()
          })
        }
        near.on('data', (bytes) => far.write(bytes))
        far.on('data', (bytes) => void setTimeout(() => near.write(bytes), slow.delayMs))
      }),
    )
    await new Promise<void>((resolve) => slow.server.listen(ownPort, '127.0.0.1', resolve))
    return slow
  }

  get port(): number {
    const address = this.server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return address.port
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.server.close()
  }
}
