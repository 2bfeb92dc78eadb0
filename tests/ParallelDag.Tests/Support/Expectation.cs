using System.Runtime.CompilerServices;

namespace ParallelDag.Tests.Support;

/// <summary>
/// Approved outputs: readable files in Expectations/. A test that differs leaves what it got beside the approved file, to be looked at and
/// taken over.
/// </summary>
internal static class Expectation
{
    public static void Matches(string name, string actual, [CallerFilePath] string testFile = "")
    {
        string project = Path.GetDirectoryName(testFile)!;
        while (!Directory.Exists(Path.Combine(project, "Expectations")))
            project = Path.GetDirectoryName(project)!;
        string approved = Path.Combine(project, "Expectations", name), received = approved + ".received";
        string expected = File.Exists(approved) ? File.ReadAllText(approved) : "";
        if (expected == actual)
            return;
        File.WriteAllText(received, actual);
        int line = expected.Split('\n').Zip(actual.Split('\n')).TakeWhile(pair => pair.First == pair.Second).Count() + 1;
        Assert.Fail($"{name} differs from what was approved, first in line {line}; compare with {Path.GetFileName(received)}");
    }
}
