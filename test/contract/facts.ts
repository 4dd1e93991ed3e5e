// Facts of a contract: each is checked in a separate fixture, which is closed afterwards.

type Register = (sentence: string, check: () => Promise<void>) => void
type Closing = { close(): Promise<void> }

/** A function that registers a fact about the fixture which `open` opens; `where` begins its sentence. */
export function factsOf<T extends Closing>(
  test: Register,
  where: string,
  open: () => Promise<T>,
): (sentence: string, check: (fixture: T) => Promise<void>) => void {
  return (sentence, check) =>
    test(`${where}: ${sentence}`, async () => {
      const fixture = await open()
      try {
        await check(fixture)
      } finally {
        await fixture.close()
      }
    })
}
