/** Only development has this page: a build leaves out `page.dev.tsx` (next.config.js). */
export { default } from '@/e2e/support/styleguide'
