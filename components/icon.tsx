/** Drawn on a 20 × 20 grid with a 1.5 stroke. A label always follows, so icons are hidden from assistive technology. */
const SHAPES = {
  overview: 'M3.5 16.5h13M5.5 13.5v-4M10 13.5v-9M14.5 13.5v-6',
  mail: 'M3 5.5h14v9.5H3zM3.5 6l6.5 5 6.5-5',
  messages:
    'M2.5 11.8l2.3-7.1a1.2 1.2 0 0 1 1.2-.9h8a1.2 1.2 0 0 1 1.2.9l2.3 7.1v3.4a1.2 1.2 0 0 1-1.2 1.2H3.7a1.2 1.2 0 0 1-1.2-1.2zM2.5 11.8h4.3l1.1 2h4.2l1.1-2h4.3',
  activity: 'M3 10h3l2-5 4 10 2-5h3',
  system: 'M3 4.5h14v4H3zM3 11.5h14v4H3zM6 6.5h.01M6 13.5h.01',
  help: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM8 8.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.4M10 13.6h.01',
  menu: 'M3.5 6h13M3.5 10h13M3.5 14h13',
  check: 'M4.5 10.5l3.5 3.5 7.5-8',
  cross: 'M5.5 5.5l9 9M14.5 5.5l-9 9',
  warning: 'M10 3.5l7.5 13h-15zM10 8.5v3.5M10 14.3h.01',
  info: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 9.2v4.3M10 6.5h.01',
  dash: 'M6 10h8',
  leave: 'M8.5 4H4v12h4.5M12 6.5l3.5 3.5-3.5 3.5M15.5 10H8',
  plus: 'M10 4.5v11M4.5 10h11',
  dots: 'M4 10a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0M9.5 10a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0M15 10a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0',
  search: 'M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12zM13.5 13.5L17 17',
  pause: 'M7.5 5v10M12.5 5v10',
  play: 'M6.5 4.5v11l9-5.5z',
  calendar: 'M3.5 5h13v11.5h-13zM3.5 8.5h13M7 3v3M13 3v3',
  download: 'M10 3.5v9M6 9l4 4 4-4M4 16.5h12',
  bell: 'M5 14V9a5 5 0 0 1 10 0v5l1.5 1.5h-13zM8.5 17.5h3',
  grid: 'M3.5 3.5H9V9H3.5zM11.5 3.5H17V9h-5.5zM3.5 11.5H9V17H3.5zM11.5 11.5H17V17h-5.5z',
  circle: 'M10 15.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11z',
  arc: 'M10 4.5a5.5 5.5 0 1 1-5.5 5.5',
  copy: 'M7.5 7.5h8v8h-8zM12.5 7.5v-3h-8v8h3',
  chevron: 'M7.5 5l5 5-5 5',
  back: 'M12.5 5l-5 5 5 5',
  external: 'M8 5H4.5v10.5H15V12M11 4.5h4.5V9M15 5l-6 6',
  printer: 'M6 8V3.5h8V8M6 14H3.5V8h13v6H14M6 11.5h8v5H6z',
  key: 'M7 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM10 10h7v2.5M14 10v2',
  rules: 'M3.5 6l1.5 1.5L7.5 5M3.5 13l1.5 1.5L7.5 12M10.5 6.5h6M10.5 13.5h6',
  grip: 'M4.5 7.5h11M4.5 12.5h11',
  up: 'M5 12.5l5-5 5 5',
  down: 'M5 7.5l5 5 5-5',
  clock: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6v4.2l2.7 1.6',
  sliders:
    'M3 6.5h8M15 6.5h2M3 13.5h2M9 13.5h8M13 8.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM7 15.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  people:
    'M7.5 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM2.5 15.5c.5-2.6 2.5-4 5-4s4.5 1.4 5 4M13 5a2.4 2.4 0 0 1 0 4.5M14.5 11.7c1.6.5 2.7 1.8 3 3.8',
} as const
export type IconName = keyof typeof SHAPES

export function Icon({ name, className = 'size-5' }: { name: IconName; className?: string }) {
  return (
    <svg viewBox="0 0 20 20" className={`icon ${className}`} aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  )
}
