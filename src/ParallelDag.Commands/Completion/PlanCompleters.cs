using ParallelDag.Plans;

namespace ParallelDag.Commands.Completion;

/// <summary>Clusters in their short form: <c>'64 x H100-SXM-80GB'</c>; the count that was typed is kept.</summary>
public sealed class ClusterCompleter : NameCompleter
{
    private protected override IEnumerable<Offer> Names(CompletionRequest request)
    {
        string digits = new([.. request.Word.TakeWhile(char.IsAsciiDigit)]);
        string count = digits.Length == 0 ? "8" : digits;
        return DeviceProfile.BuiltIn
            .Select(gpu =>
                new Offer($"{count} x {gpu.Name}",
                    $"{gpu.MemoryBytes >> 30} GiB, {gpu.Flops / 1e12:0} TFLOPS, {gpu.MemoryBandwidth / 1e12:0.##} TB/s"));
    }
}

/// <summary>
/// Strategies, word by word: <c>'pp4 ep4 t</c> offers <c>tp2</c>, <c>tp4</c> and so on; axes that stand already are not offered again.
/// </summary>
public sealed class StrategyCompleter : NameCompleter
{
    private protected override IEnumerable<Offer> Names(CompletionRequest request)
    {
        int end = request.Word.LastIndexOf(' ') + 1;
        string before = request.Word[..end];
        string[] words = before.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (PhaseKey key in PhaseKeys.All.OrderBy(key => key.IsAxis ? 0 : 1))
        {
            if (words.Any(word => NamesKey(word, key)))
                continue;
            for (int degree = 2; key.IsAxis && degree <= 64; degree *= 2)
                yield return new Offer($"{before}{key.Name}{GraphCompletion.Number(degree)}", $"{key.Tip}, degree {degree}");
            foreach ((string value, string tip) in key.Values)
                yield return new Offer($"{before}{key.Name}={value}", tip);
            if (!key.IsAxis && key.Values.Count == 0)
                yield return new Offer($"{before}{key.Name}=", key.Tip);
        }
    }

    private static bool NamesKey(string word, PhaseKey key) =>
        word.StartsWith(key.Name, StringComparison.OrdinalIgnoreCase) && word.Length > key.Name.Length
        && (key.IsAxis ? char.IsAsciiDigit(word[key.Name.Length]) || word[key.Name.Length] == '=' : word[key.Name.Length] is '=' or ':');
}
