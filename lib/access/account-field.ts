/** Of the hidden field that names the account to which a form was shown. */
export const ACCOUNT_FIELD = 'shownTo'

/** Whether another account has signed in since, in another tab of the same browser. */
export function isShownToOther(form: FormData, accountId: string): boolean {
  const shownTo = form.get(ACCOUNT_FIELD)
  return shownTo !== null && shownTo !== accountId
}
