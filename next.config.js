/** @type {import('next').NextConfig} */
export default {
  output: 'standalone',
  outputFileTracingRoot: import.meta.dirname,
  // Given by tools/build.mjs, so that two builds of one state are the same.
  generateBuildId: () => process.env.POSTROOM_BUILD_ID ?? null,
  // The style guide is a page of development only.
  pageExtensions: process.env.NODE_ENV === 'development' ? ['dev.tsx', 'tsx', 'ts'] : ['tsx', 'ts'],
  poweredByHeader: false,
  productionBrowserSourceMaps: false,
  images: { unoptimized: true },
  // `npm run verify` checks types, with tests and tools that a build does not need.
  typescript: { ignoreBuildErrors: true },
  typedRoutes: true,
  reactStrictMode: true,
  // The link to the icon is in a part of the page that may come later; a browser that does not wait asks for this address.
  rewrites: async () => [{ source: '/favicon.ico', destination: '/icon.svg' }],
  // Next 16 writes files for assistants into the checkout unless told not to.
  agentRules: false,
  experimental: {
    agentUpgrade: false,
    // What a later build could use is 230 MB, which a checkout that is built once writes in vain.
    turbopackFileSystemCacheForBuild: !process.env.BUILD_ONCE,
    // As the largest form, with a report of SMTP AUTH clients; our own gates hold every form to its limit (W-03).
    serverActions: { bodySizeLimit: '4352kb' },
  },
}
