/** The form as the button with this value submits it, without the fields that the framework needs only without JavaScript. */
export function formDataFor(form: HTMLFormElement, value: string): FormData {
  const data = new FormData(form)
  for (const name of [...data.keys()].filter((name) => name.startsWith('$'))) data.delete(name)
  data.set('do', value)
  return data
}
