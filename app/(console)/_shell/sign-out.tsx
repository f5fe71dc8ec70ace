import { signOutAction } from '@/app/(auth)/sign-out/actions'
import { PlainForm } from '@/components/action-form'
import { SubmitButton } from '@/components/submit-button'

/** A form, so that it works without scripts and no link can sign anyone out. */
export function SignOut({ label }: { label: string }) {
  return (
    <PlainForm action={signOutAction} className="px-2.5">
      <SubmitButton className="w-full">{label}</SubmitButton>
    </PlainForm>
  )
}
