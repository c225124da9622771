// The suite against the endpoint that the environment names. Run by `npm run interop`, or by hand with `node --test`.

import { endpointIn, subjectIn } from './endpoint.ts'
import { interoperates } from './suite.ts'

const endpoint = endpointIn(process.env)
if (!endpoint) throw new Error('DLIO_S3_TEST_ENDPOINT names the endpoint to test, DLIO_S3_TEST_ACCESS_KEY and DLIO_S3_TEST_SECRET_KEY its keys')
interoperates(subjectIn(process.env), async () => endpoint)
