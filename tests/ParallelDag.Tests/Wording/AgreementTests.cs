using ParallelDag.Wording;

namespace ParallelDag.Tests.Wording;

public class AgreementTests
{
    [Theory]
    [InlineData("that [takes|take] what [it has|they have]", 1, "that takes what it has")]
    [InlineData("that [takes|take] what [it has|they have]", 2, "that take what they have")]
    [InlineData("that [takes|take] what [it has|they have]", 0, "that take what they have")]
    [InlineData("whose INPUT DIMENSION is not [name=value, ...]", 1, "whose INPUT DIMENSION is not [name=value, ...]")]
    public void A_clause_agrees_with_its_number(string clause, long count, string text) => Assert.Equal(text, Agreement.Of(clause, count));
}
