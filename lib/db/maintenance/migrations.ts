import { readFileSync } from 'node:fs'
import path from 'node:path'
import { projectRoot } from '../project-root'

/** The migrations of this build, oldest first. A test compares the list with `prisma/migrations`. */
export const MIGRATIONS = [
  '0001_init',
  '0002_guards',
  '0003_credentials',
  '0004_credential_guards',
  '0005_application_object_id',
  '0006_inventory_right',
  '0007_outbox',
  '0008_outbox_guards',
  '0009_claim_index',
  '0010_inventory_counts',
  '0011_policy',
  '0012_senders',
  '0013_mail_servers',
  '0014_mail_server_guards',
  '0015_try_now',
  '0016_backup_mail_server',
  '0017_backup_guards',
  '0018_message_text',
  '0019_message_text_index',
  '0020_retention',
  '0021_retention_guards',
  '0022_app_registration_text',
  '0023_declined',
  '0024_permit_worker',
  '0025_attempt_recipients',
  '0026_clock_schema',
  '0027_keyed_record',
  '0028_verified_by_delivery',
  '0029_calendar_namespace',
  '0030_unmuted_index',
  '0031_owners_and_digests',
  '0032_standard_names',
  '0033_dismissed',
  '0034_senders_of_messages',
  '0035_submission',
  '0037_http_api',
  '0037_message_events',
  '0038_submission_reads',
  '0039_reports_and_alerts',
  '0040_basic_authentication',
  '0041_weekly_report',
  '0042_webhooks_for_messages',
  '0043_message_texts_in_place',
  '0044_api_key_expiry',
  '0045_enrolment_expiry',
  '0046_hours_without_retries',
  '0047_entries_of_reports',
  '0048_first_message_of_clients',
] as const

/** The SQL of these migrations, in the given order. */
export const scriptsOf = (names: readonly string[]): string[] =>
  names.map((name) => readFileSync(path.join(projectRoot(), 'prisma/migrations', name, 'migration.sql'), 'utf8'))
