import { CopyButton } from './copy-button'

export interface CopyWords {
  copy: string
  copied: string
}

/** Text to take along: a command, an ID. A long line wraps to be read; what is copied is the one line. */
export function CodeBlock({ text, words }: { text: string; words: CopyWords }) {
  return (
    <div className="flex items-start gap-2 rounded-md border border-line bg-sunken py-1 pr-1 pl-3">
      <pre className="min-w-0 flex-1 py-1.5 font-mono text-[0.8125rem] leading-5 whitespace-pre-wrap">
        <code>{text}</code>
      </pre>
      <CopyButton text={text} label={words.copy} doneLabel={words.copied} />
    </div>
  )
}
