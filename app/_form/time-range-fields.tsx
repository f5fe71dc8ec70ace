import { RANGE_FIELDS, type TimeRange } from '@/app/time-range'
import { TextInput } from '@/components/inputs'

/** The fields of a range of time: for each end a day and, optionally, a time of day. */
export const TimeRangeFields = (props: {
  range: TimeRange
  isReversed: boolean
  t: (key: `filter.${keyof TimeRange | 'reversed'}`) => string
}) => (
  <div className="grid gap-3">
    {RANGE_FIELDS.map((name) => (
      <TextInput
        key={name}
        type={name.endsWith('Time') ? 'time' : 'date'}
        name={name}
        label={props.t(`filter.${name}`)}
        defaultValue={props.range[name]}
        error={props.isReversed && name === 'until' ? props.t('filter.reversed') : undefined}
      />
    ))}
  </div>
)
