/** Sets the value of a field as if it had been typed. */
export function putValue(form: HTMLFormElement, name: string, value: string | boolean): void {
  const field = form.elements.namedItem(name)
  if (field instanceof RadioNodeList) {
    const radio = [...field].find((each) => each instanceof HTMLInputElement && each.value === value)
    if (radio instanceof HTMLInputElement) radio.checked = true
  } else if (field instanceof HTMLInputElement && typeof value === 'boolean') field.checked = value
  else if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = String(value)
}
