import { translatorFor } from '../i18n/translations'
import { type ValidationError, validationErrorText } from '../validation/validation-error'

/** What is wrong with a value, in English as every answer of a command. */
export const errorText = (error: ValidationError, label?: string): string =>
  validationErrorText(translatorFor('en', 'validation'), error, label)

/** What is wrong with the options of a command, each by the option's name. */
export function errorSentences<Field extends string>(
  errors: { [field in Field]?: ValidationError },
  labels: Readonly<Record<Field, string>>,
): string[] {
  const entries = Object.entries(errors) as [Field, ValidationError][]
  return entries.map(([field, error]) => errorText(error, labels[field]))
}
