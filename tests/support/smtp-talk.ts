import net, { type Socket } from 'node:net'
import tls from 'node:tls'

/** For tests only: a client of SMTP that sends exactly what it is given, from the address that it is given. */
export class SmtpTalk {
  #text = ''
  #wake: () => void = () => {}
  hasEnded = false

  private constructor(public socket: Socket) {
    this.#listen(socket)
  }

  static async connect(port: number, from = '127.0.0.1'): Promise<SmtpTalk> {
    const socket = net.connect({ port, host: '127.0.0.1', localAddress: from, allowHalfOpen: true })
    const talk = new SmtpTalk(socket)
    await new Promise<void>((resolve, reject) => socket.once('connect', () => resolve()).once('error', reject))
    // Where no program listens, the system may choose that port to connect from. Such a connection would wait for a greeting of its peer, itself.
    if (socket.localPort === port && socket.localAddress === socket.remoteAddress) {
      socket.destroy()
      throw new Error(`connected with itself at port ${port}`)
    }
    return talk
  }

  /** Connects with TLS from the start. */
  static async connectTls(port: number, from?: string): Promise<SmtpTalk> {
    const talk = await SmtpTalk.connect(port, from)
    await talk.secure()
    return talk
  }

  /** The next whole reply, all its lines; what came before the end if the connection ends. */
  async reply(): Promise<string> {
    for (;;) {
      const whole = /^(?:\d{3}-[^\r\n]*\r\n)*\d{3}(?: [^\r\n]*)?\r\n/.exec(this.#text)?.[0]
      if (whole !== undefined) {
        this.#text = this.#text.slice(whole.length)
        return whole.trimEnd()
      }
      if (this.hasEnded) return this.#text
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  send(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes)
  }

  /** Sends a line, and returns its reply. */
  ask(line: string): Promise<string> {
    this.send(`${line}\r\n`)
    return this.reply()
  }

  async secure(options: tls.ConnectionOptions = {}): Promise<void> {
    this.socket.removeAllListeners('data')
    const secured = tls.connect({ socket: this.socket, rejectUnauthorized: false, ...options })
    await new Promise<void>((resolve, reject) => {
      // TLS on a connection that has ended says nothing.
      if (this.hasEnded) reject(new Error('the server closed the connection'))
      secured.once('secureConnect', () => resolve()).once('error', reject)
    })
    this.socket = secured
    this.#listen(secured)
  }

  /** Greeting, EHLO, STARTTLS, EHLO, and AUTH if a login is given. */
  async begin(login?: { login: string; secret: string }): Promise<string> {
    await this.reply()
    await this.ask('EHLO printer.contoso.example')
    await this.ask('STARTTLS')
    await this.secure()
    const answer = await this.ask('EHLO printer.contoso.example')
    return login ? this.logIn(login.login, login.secret) : answer
  }

  logIn(user: string, password: string): Promise<string> {
    return this.ask(`AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`)
  }

  /** MAIL, RCPT and DATA up to the answer of the last one that was sent. */
  async envelope(from: string, to: string | readonly string[]): Promise<string> {
    for (const line of [`MAIL FROM:<${from}>`, ...[to].flat().map((each) => `RCPT TO:<${each}>`)]) {
      const answer = await this.ask(line)
      if (!answer.startsWith('2')) return answer
    }
    return this.ask('DATA')
  }

  /** Resolves when the server has closed the connection. */
  async ended(): Promise<void> {
    while (!this.hasEnded)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
  }

  close(): void {
    this.socket.destroy()
  }

  #listen(socket: Socket): void {
    const end = () => {
      this.hasEnded = true
      this.#wake()
    }
    // The server may go on after our end, but not we after its end.
    socket
      .on('error', end)
      .on('close', end)
      .on('end', () => socket.end())
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('utf8')
      this.#wake()
    })
  }
}
