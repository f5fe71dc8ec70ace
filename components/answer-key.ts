const keys = new WeakMap<object, number>()
let lastKey = 0

/**
 * The key of an element that says what an answer says. Each answer is a new object, so an equal one makes the element new, and screen readers
 * say it again: someone who presses a button twice otherwise hears nothing the second time.
 */
export function answerKey(answer: object): number {
  const key = keys.get(answer) ?? ++lastKey
  keys.set(answer, key)
  return key
}
