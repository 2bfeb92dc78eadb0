namespace ParallelDag.Models.Families;

/// <summary>Mixtral: every layer has <c>num_local_experts</c> experts of <c>intermediate_size</c>.</summary>
public sealed class MixtralFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["mixtral"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        ModelSpec model = Common(config);
        return model with
        {
            Moe = new MoeSpec { Experts = config.Int("num_local_experts"), TopK = config.OptionalInt("num_experts_per_tok") ?? 2, Ffn = model.Ffn },
        };
    }
}
