declare module 'jmespath' {
  const jmespath: { search(data: unknown, query: string): unknown }
  export default jmespath
}
