// `npm start` and `npm run demo`: builds first if there is no build of this state, then becomes bin/postroom.
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from './build.mjs'

await build({ always: false })
await import(pathToFileURL(path.resolve(import.meta.dirname, '../bin/postroom')).href)
