import { expect, test } from 'vitest'
import { z } from 'zod'
import { mailSchema } from './mail-schema'
import { jsonSchema } from './openapi'

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
