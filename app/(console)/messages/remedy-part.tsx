import { commandText } from '@/app/(console)/_connection-test/break-command'
import { CodeBlock } from '@/components/code-block'
import { Steps } from '@/components/steps'
import type { Remedy } from '@/lib/diagnosis'

/** How to fix a fault: the steps, and the commands to copy. */
export function RemedyPart({ remedy: { steps, commands } }: { remedy: Remedy }) {
  return (
    <div className="mt-2 grid gap-3 text-ink">
      {steps.length > 0 && <Steps steps={steps} />}
      {commands.length > 0 && <CodeBlock text={commandText(commands)} />}
    </div>
  )
}
