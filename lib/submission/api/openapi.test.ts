import { expect, test } from 'vitest'
import { z } from 'zod'
import { mailSchema } from './mail-schema'
import { getMessages } from './messages'
import { jsonSchema, openApiDocument } from './openapi'

test('the document describes a file as a text in base64, and no other field is left without a description', () => {
  expect(jsonSchema(mailSchema)).toMatchObject({
    properties: {
      attachments: {
        items: {
          properties: { contentBase64: { type: 'string', contentEncoding: 'base64', description: expect.any(String) } },
        },
      },
    },
  })
  expect(() => jsonSchema(z.object({ when: z.custom<Date>() }))).toThrow('cannot be represented')
})

test('W-03 the parameters that the document names are those that a request may have', () => {
  const operations = Object.entries(openApiDocument('https://console.contoso.example').paths).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
  )
  const inQuery = operations.flatMap(([request, operation]) =>
    ('parameters' in operation ? (operation.parameters as { name: string; in: string }[]) : [])
      .filter((parameter) => parameter.in === 'query')
      .map(({ name }) => `${request} ${name}`),
  )
  expect(inQuery).toEqual(getMessages.parameters?.map((name) => `get /messages ${name}`))
})
