// A person's own access token of Google, from a file. It is never printed, and never an argument, which other users of the
// machine see.
import { readFileSync } from 'node:fs'
import { Secret } from '../domain/secret.ts'
import type { Terminal } from './terminal.ts'

/** There is no access token where one should be. */
class NoAccessToken extends Error {
  override readonly name = 'NoAccessToken'
}

/** Google's access tokens have at most 2,048 bytes. */
const longestToken = 4096

/** The token in a file that holds only this. Throws NoAccessToken, with what to do. */
export function tokenInFile(file: string): Secret {
  let text = ''
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw new NoAccessToken(
      `The access token cannot be read from "${file}". Give a file that holds only the token, or -.`,
    )
  }
  return tokenIn(text.trim(), file)
}

/** The token in a text; `file` is where the text comes from. Throws NoAccessToken when it is something else. */
export function tokenIn(text: string, file: string): Secret {
  if (text.length > longestToken || !/^[\x21-\x7e]{20,}$/.test(text))
    throw new NoAccessToken(
      `"${file}" does not hold an access token alone. "gcloud auth print-access-token" prints one.`,
    )
  return new Secret(text)
}

/** The token in a file, or on stdin when the file is `-`. */
export async function tokenFrom(file: string, { stdin }: Pick<Terminal, 'stdin'>): Promise<Secret> {
  if (file !== '-') return tokenInFile(file)
  let text = ''
  for await (const chunk of stdin) text += String(chunk)
  return tokenIn(text.trim(), file)
}
