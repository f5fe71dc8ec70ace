import { CodeBlock, type CopyLabels } from '@/components/code-block'
import { Steps } from '@/components/steps'
import type { Remedy } from '@/lib/diagnosis'

/** How to fix a fault: the steps, and the commands to copy. */
export function RemedyPart({ remedy: { steps, commands }, copy }: { remedy: Remedy; copy: CopyLabels }) {
  return (
    <div className="mt-2 grid gap-3 text-ink">
      {steps.length > 0 && <Steps steps={steps} />}
      {commands.length > 0 && <CodeBlock text={commands.join('\n')} labels={copy} />}
    </div>
  )
}
