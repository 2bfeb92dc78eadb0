namespace ParallelDag.Models.Families;

/// <summary>Mistral: Llama without biases. Sliding windows are counted as full attention.</summary>
public sealed class MistralFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["mistral"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config) => Common(config);
}
