import { Field, fieldProps } from '@/components/field'
import { LOCALES, type Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'

/** The language of a channel. Each form of the page has one, so the id includes the name of the form. */
export function LocaleSelect({ form, locale, t }: { form: string; locale: Locale; t: Translator<'reminders'> }) {
  const fieldInput = { name: `${form}-locale` }
  return (
    <Field label={t('add.locale')} {...fieldInput}>
      <select {...fieldProps(fieldInput)} name="locale" defaultValue={locale} className="control">
        {LOCALES.map((each) => (
          <option key={each} value={each}>
            {t(`locale.${each}`)}
          </option>
        ))}
      </select>
    </Field>
  )
}
