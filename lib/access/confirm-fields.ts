/** The fields that confirm a session. Only the post of the form itself carries them, and they are removed before an action runs. */
export const CONFIRM_FIELDS = ['confirmPassword', 'confirmCode'] as const
