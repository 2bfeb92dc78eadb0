namespace ParallelDag.Formats.Tests;

/// <summary>The two ways in which reading may end: a value, or one line per problem. Anything else fails the test.</summary>
internal static class Outcome
{
    /// <summary>Runs <paramref name="read"/>; the problems that it ended in, or none.</summary>
    public static IReadOnlyList<InputProblem> Of(Func<object> read)
    {
        try
        {
            Assert.NotNull(read());
            return [];
        }
        catch (InputException fault)
        {
            Assert.NotEmpty(fault.Problems);
            Assert.All(fault.Problems, problem =>
            {
                Assert.NotEmpty(problem.Message);
                Assert.DoesNotContain(problem.Message, char.IsControl);
                Assert.True(problem.Position == default || (problem.Position.Line > 0 && problem.Position.Column > 0),
                    $"{problem.Position}");
            });
            return fault.Problems;
        }
    }
}
