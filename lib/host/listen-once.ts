import { createServer } from 'node:net'
import { fail, ok, type Result } from '../kernel'

/** Opens a port and closes it again. Returns its number, which the system chooses for 0, or the code of what keeps a server from listening there. */
export async function listenOnce(port: number, host: string): Promise<Result<number, string>> {
  const server = createServer()
  const fault = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    server.once('error', resolve)
    server.listen(port, host, () => resolve(null))
  })
  if (fault) return fail(fault.code ?? 'unknown')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return ok(typeof address === 'object' && address ? address.port : port)
}
