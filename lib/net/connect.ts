import net from 'node:net'
import { fail, type NetFault, type NetFaultCode, ok, type Result } from '../kernel'
import { sameAddress } from './addresses'

/** Time before the next address is tried in parallel (RFC 8305 §5), so that broken IPv6 costs a quarter of a second. */
const NEXT_ADDRESS_AFTER_MS = 250
/** Addresses tried for one name: enough for any mail service, too few for a port scan. */
const ADDRESSES_MAX = 8

type ConnectFault = Pick<NetFault, 'code' | 'evidence'>

const CODE_OF: Readonly<Record<string, NetFaultCode>> = {
  ECONNREFUSED: 'connection-refused',
  EACCES: 'connection-refused',
  EPERM: 'connection-refused',
  ECONNRESET: 'connection-lost',
  EPIPE: 'connection-lost',
  EMFILE: 'connection-lost',
  ENFILE: 'connection-lost',
  ETIMEDOUT: 'connection-timed-out',
  ENETUNREACH: 'network-unreachable',
  EHOSTUNREACH: 'network-unreachable',
  EAFNOSUPPORT: 'network-unreachable',
  ENETDOWN: 'connection-timed-out',
  EHOSTDOWN: 'connection-timed-out',
  EADDRNOTAVAIL: 'connection-timed-out',
  EINVAL: 'connection-timed-out',
}
/** If several addresses fail, the fault of one that answered is reported before that of one that did not. */
const TELLING: readonly NetFaultCode[] = [
  'address-not-allowed',
  'connection-refused',
  'connection-lost',
  'connection-timed-out',
  'network-unreachable',
]

/** Alternates between the two address families and begins with the resolver's first choice (RFC 8305 §4). */
export function interleaved(addresses: readonly string[]): string[] {
  const first = addresses.filter((address) => net.isIP(address) === net.isIP(addresses[0] ?? ''))
  const second = addresses.filter((address) => !first.includes(address))
  return Array.from({ length: Math.max(first.length, second.length) }, (_, index) => [first[index], second[index]])
    .flat()
    .filter((address) => address !== undefined)
}

/** Opens a TCP connection to one of these addresses, which the caller has checked, and compares the peer's address with it afterwards. */
export function connectToAny(
  addresses: readonly string[],
  port: number,
  signal: AbortSignal,
): Promise<Result<net.Socket, ConnectFault>> {
  const queue = interleaved(addresses).slice(0, ADDRESSES_MAX)
  return new Promise((resolve) => {
    const open = new Set<net.Socket>()
    const faults: ConnectFault[] = []
    let timer: NodeJS.Timeout | undefined

    const finish = (result: Result<net.Socket, ConnectFault>): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      for (const socket of open) if (!result.ok || socket !== result.value) discard(socket)
      queue.length = 0
      resolve(result)
    }
    const onAbort = () =>
      finish(fail({ code: 'connection-timed-out', evidence: `no connection in time to ${addresses.join(', ')}` }))
    const failed = (socket: net.Socket, fault: ConnectFault): void => {
      open.delete(socket)
      discard(socket)
      faults.push(fault)
      if (queue.length > 0) next()
      else if (open.size === 0) finish(fail(mostTelling(faults)))
    }
    const next = (): void => {
      clearTimeout(timer)
      const address = queue.shift()
      if (address === undefined) return
      const socket = net.connect({ host: address, port, autoSelectFamily: false, noDelay: true })
      open.add(socket)
      socket.once('error', (thrown: NodeJS.ErrnoException) => {
        const code = CODE_OF[thrown.code ?? ''] ?? 'connection-refused'
        failed(socket, { code, evidence: `${thrown.code} ${address}` })
      })
      socket.once('connect', () => {
        if (!open.has(socket)) return
        if (!sameAddress(socket.remoteAddress ?? '', address))
          return failed(socket, { code: 'address-not-allowed', evidence: `connected to ${socket.remoteAddress}` })
        socket.removeAllListeners('error')
        finish(ok(socket))
      })
      timer = setTimeout(next, NEXT_ADDRESS_AFTER_MS)
    }

    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    next()
  })
}

function discard(socket: net.Socket): void {
  socket.removeAllListeners('error')
  socket.on('error', () => {})
  socket.destroy()
}

const mostTelling = (faults: readonly ConnectFault[]): ConnectFault =>
  [...faults].sort((a, b) => TELLING.indexOf(a.code) - TELLING.indexOf(b.code))[0] ?? {
    code: 'connection-timed-out',
    evidence: 'no address could be tried',
  }
