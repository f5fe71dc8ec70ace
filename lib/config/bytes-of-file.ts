import { closeSync, openSync, readSync } from 'node:fs'

/** The bytes of a file or a pipe. A device such as /dev/zero has no end. @throws if it cannot be read or has more than `bytesMax` */
export function bytesOfFile(file: string, bytesMax: number): Buffer {
  const bytes = Buffer.alloc(bytesMax + 1)
  const handle = openSync(/* turbopackIgnore: true */ file, 'r')
  try {
    let length = 0
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(handle, bytes, length, bytes.length - length, null)
    if (length > bytesMax) throw new Error(`more than ${bytesMax} bytes`)
    return bytes.subarray(0, length)
  } finally {
    closeSync(handle)
  }
}
