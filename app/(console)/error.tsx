'use client'

/** A page of the console that broke: the rail stays. */
export { ErrorNotice as default } from '@/components/error-notice'
