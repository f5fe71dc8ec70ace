import { signOutAction } from '@/app/(auth)/sign-out/actions'
import { PlainForm } from '@/components/action-form'
import { SubmitButton } from '@/components/submit-button'

/** A form, so that it works without scripts and no link can sign anyone out. */
export function SignOut({ label }: { label: string }) {
  return (
    <PlainForm action={signOutAction}>
      <SubmitButton kind="quiet" small className="max-sm:min-h-10">
        {label}
      </SubmitButton>
    </PlainForm>
  )
}
