import { CopyButton } from './copy-button'

export interface CopyWords {
  copy: string
  copied: string
}

/** Text to take along: a command, an ID. A long line wraps, indented, to be read; what is copied is the one line. */
export function CodeBlock({ text, words }: { text: string; words: CopyWords }) {
  return (
    <div className="flex flex-col-reverse items-end rounded-md border border-line bg-sunken py-1 pr-1 pl-3 sm:flex-row sm:items-start sm:gap-2">
      <pre className="w-full min-w-0 flex-1 py-1.5 pr-2 font-mono text-[0.8125rem] leading-5 whitespace-pre-wrap sm:pr-0">
        <code>
          {text.split('\n').map((line, index) => (
            <span
              // biome-ignore lint/suspicious/noArrayIndexKey: lines of one text
              key={index}
              className={`block pl-[2ch] -indent-[2ch] ${line.startsWith('#') ? 'text-soft' : ''}`}
            >
              {`${line}\n`}
            </span>
          ))}
        </code>
      </pre>
      <CopyButton text={text} label={words.copy} doneLabel={words.copied} />
    </div>
  )
}
