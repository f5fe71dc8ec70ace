import { translatorFor } from '../i18n/translations'
import { type ValidationError, validationErrorText, validationTexts } from '../validation/validation-error'

/** What is wrong with a value, in English as every answer of a command. */
export const errorText = (error: ValidationError, label?: string): string =>
  validationErrorText(translatorFor('en', 'validation'), error, label)

/** What is wrong with each option or setting, by its label if there is one. */
export const errorTexts = <Field extends string>(
  errors: { [field in Field]?: ValidationError },
  labels?: Readonly<Record<Field, string>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(validationTexts(translatorFor('en', 'validation'), errors)).map(([field, text]) => [
      labels?.[field as Field] ?? field,
      text,
    ]),
  )
