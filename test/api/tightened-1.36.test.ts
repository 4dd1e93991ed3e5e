// Objects of the last release under the current schemas, on Kubernetes 1.36.
import { staysWritableOn } from './tightened.ts'

const test = await staysWritableOn('1.36')
test.run()
