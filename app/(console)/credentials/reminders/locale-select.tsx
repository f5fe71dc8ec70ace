import { Field, fieldProps } from '@/components/field'
import { LOCALES, type Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'

/** In which language a channel is spoken to; the forms of the page have one each, so the id has the form's beside it. */
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
