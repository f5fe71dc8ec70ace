/** The form as its button `value` posts it; the framework's own fields go along only without scripts. */
export function posted(form: HTMLFormElement, value: string): FormData {
  const data = new FormData(form)
  for (const name of [...data.keys()].filter((name) => name.startsWith('$'))) data.delete(name)
  data.set('do', value)
  return data
}
