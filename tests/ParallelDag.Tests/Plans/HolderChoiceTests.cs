using ParallelDag.Plans;

namespace ParallelDag.Tests.Plans;

public class HolderChoiceTests
{
    private static readonly int[] Copies = [10, 11, 12];

    [Theory]
    [InlineData(10, 0)]
    [InlineData(11, 1)]
    [InlineData(12, 2)]
    public void A_receiver_that_holds_a_copy_takes_its_own_whosever_turn_it_is(int receiver, int own)
    {
        for (int turn = 0; turn < 5; turn++)
            Assert.Equal(own, HolderChoice.Of(Copies, copy => copy, receiver, turn));
    }

    [Fact]
    public void The_copies_take_turns_for_everybody_else() =>
        Assert.Equal([0, 1, 2, 0, 1], Enumerable.Range(0, 5).Select(turn => HolderChoice.Of(Copies, copy => copy, 99, turn)));
}
