// SPDX-License-Identifier: Apache-2.0
import StreamCore
import StreamTesting
import Testing

@Suite(.timeLimit(.minutes(10)))
struct WakeSignalTests {
    @Test func aWaitEndsWhenItsTimeIsOver() async {
        #expect(await WakeSignal().wait(nanos: 1_000, on: ManualClock()) == false)
    }

    @Test func aWakeBeforeAWaitEndsItOnce() async {
        let signal = WakeSignal()
        signal.wake()
        signal.wake()
        #expect(await signal.wait(nanos: 1, on: StoppedClock()) == true)
        #expect(await signal.wait(nanos: 1, on: ManualClock()) == false)
    }

    @Test func aWakeThatWasResetEndsNoWait() async {
        let signal = WakeSignal()
        signal.wake()
        signal.reset()
        #expect(await signal.wait(nanos: 1, on: ManualClock()) == false)
    }

    @Test func aWakeEndsAWaitWhoseTimeNeverPasses() async {
        for _ in 0..<100 {
            let (signal, clock) = (WakeSignal(), StoppedClock())
            let waiting = Task { await signal.wait(nanos: 1, on: clock) }
            for await _ in clock.sleeps { break }
            signal.wake()
            #expect(await waiting.value == true)
        }
    }
}
