import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export const ROOT = path.resolve(import.meta.dirname, '../..')
/** A tree may take 30 s to drain; killed within them it would leave its database server behind. */
const STOP_MS = 40_000
const WAIT_MS = 90_000

/** None of them outlives the process that started it, whose clean-up does not run where a start failed. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill()
})

/** A process that a test started, with every byte it wrote. */
export class Watched {
  output = ''
  readonly #child: ChildProcess
  #wake: (() => void)[] = []

  /** Runs away from the checkout, so that a developer's own `.env` there does not reach the process. */
  constructor(args: string[], env: NodeJS.ProcessEnv, node = process.execPath) {
    const paths = args.map((arg) => (/^(bin|dist)\//.test(arg) ? path.join(ROOT, arg) : arg))
    this.#child = spawn(node, paths, { cwd: os.tmpdir(), env, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(this.#child)
    this.#child.once('exit', () => running.delete(this.#child))
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
        this.#stir()
      })
    }
    this.#child.once('close', () => this.#stir())
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** The first match in what was written, as soon as it is there. Throws with the output when the process ends before. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (const until = Date.now() + WAIT_MS; ; ) {
      const match = pattern.exec(this.output)
      if (match) return match
      if (this.ended || Date.now() > until) throw new Error(`waited for ${pattern}, got:\n${this.output.slice(-4_000)}`)
      await this.#more(until - Date.now())
    }
  }

  async #more(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #stir(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }

  async finished(): Promise<number | null> {
    if (!this.ended) await new Promise((resolve) => this.#child.once('exit', resolve))
    return this.#child.exitCode
  }

  async pressUntilEnded(): Promise<number | null> {
    return pressUntilEnded(this.#child, this.finished())
  }

  async stop(): Promise<void> {
    if (this.ended) return
    const killing = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS)
    this.#child.kill('SIGTERM')
    await this.finished()
    clearTimeout(killing)
  }
}

/** Ctrl-C pressed again and again until it has ended. */
export async function pressUntilEnded(child: ChildProcess, ended: Promise<number | null>): Promise<number | null> {
  const pressing = setInterval(() => child.kill('SIGINT'), 1)
  child.kill('SIGINT')
  const code = await ended
  clearInterval(pressing)
  return code
}

/** Every process that knows the folder from its environment, or works in it, as the database does. Linux only. */
export const processesOf = (folder: string): number[] =>
  readdirSync('/proc').flatMap((name) => {
    try {
      if (!/^\d+$/.test(name)) return []
      const isOfFolder =
        readFileSync(`/proc/${name}/environ`, 'utf8').includes(folder) ||
        readlinkSync(`/proc/${name}/cwd`).startsWith(folder)
      return isOfFolder ? [Number(name)] : []
    } catch {
      return []
    }
  })

/** Runs a command to its end. */
export async function run(
  args: string[],
  env: NodeJS.ProcessEnv,
  node?: string,
): Promise<{ code: number | null; output: string }> {
  const watched = new Watched(args, env, node)
  const code = await watched.finished()
  return { code, output: watched.output }
}

/** The console that this host runs just now. Linux only. */
export function consolePidOf(host: number): number {
  const children = readFileSync(`/proc/${host}/task/${host}/children`, 'utf8').trim().split(' ').map(Number)
  const pid = children.find((pid) => /next-server|server\.js/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8')))
  if (pid === undefined) throw new Error('there is no console')
  return pid
}
