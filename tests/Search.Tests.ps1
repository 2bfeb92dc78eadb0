# Find-DeploymentPlan: candidates stream, pipe on as plans, and say why not.

BeforeAll {
    . $PSScriptRoot/ModuleUnderTest.ps1
    $scratch = Enter-Scratch
    $config = "$repository/examples/configs/llama-3.1-70b.json"
    $llama = @{ Cluster = '32 x H100'; PromptLength = 4096; OutputLength = 512; Degree = 1, 2, 4, 8; Mode = 'Disaggregated' }
}

AfterAll { Exit-Scratch $scratch }

Describe 'Find-DeploymentPlan' {
    It 'finds six prefills for one decode of Llama-70B' {
        $best = Find-DeploymentPlan $config @llama -Ttft '500 ms' -Tpot '25 ms' -Top 1
        $best.Deployment | Should -Be '6 x tp2 > 1 x tp8'
        $best.Batch | Should -Be 178
        $best.TokensPerSecondPerGpu | Should -BeGreaterThan 357
        "$($best.Verdict)" | Should -Be Pareto
    }

    It 'gives plans that pipe on' {
        Find-DeploymentPlan "$repository/examples/environments/sixteen_gpus.yaml" -Top 3 | Select-Object -First 1 | Get-ParallelDag | Export-DagSvg -Path ./found.svg
        Get-Content ./found.svg -TotalCount 1 | Should -BeLike '<*'
        $plan = Find-DeploymentPlan "$repository/examples/environments/sixteen_gpus.yaml" -Top 1 | New-DeploymentPlan -Name other
        $plan.Name | Should -Be other
        @($plan | Test-ParallelDag | Where-Object Status -EQ Fail) | Should -BeNullOrEmpty
    }

    It 'tells what Measure-ParallelDag tells of the plan' {
        $found = Find-DeploymentPlan "$repository/examples/environments/sixteen_gpus.yaml" -Top 1 -Mode Disaggregated
        $timing = @($found.Plan | Measure-ParallelDag)
        [math]::Abs(($timing.Tpot | Where-Object { $_ })[0] / $found.Tpot - 1) | Should -BeLessThan 1e-6
        [math]::Abs(($timing.Ttft | Where-Object { $_ })[0] / $found.Ttft - 1) | Should -BeLessThan 0.01
    }

    It 'takes times as texts, spans and seconds' {
        $ways = '500 ms', [timespan]::FromSeconds(0.5), 0.5 | ForEach-Object { (Find-DeploymentPlan $config @llama -Ttft $_ -Tpot 0.025 -Top 1).ToString() }
        $ways | Select-Object -Unique | Should -HaveCount 1
    }

    It 'takes limits as properties' {
        $found = [pscustomobject] @{ Path = $config; Ttft = '500 ms'; Tpot = '25 ms' } | Find-DeploymentPlan @llama -Top 1
        $found.Batch | Should -Be 178
    }

    It 'tells of rejected ranges why' {
        $all = Find-DeploymentPlan $config @llama -Ttft '500 ms' -Tpot '25 ms' -IncludeRejected
        ($all | Where-Object { $_.Prefill -eq 'tp1' -and $_.Verdict -eq 'Memory' })[0].Reason | Should -BeLike '*tp 2 would fit'
        $all | Where-Object Rank -GT 0 | Should -HaveCount 10
    }

    It 'warns which limit cannot be kept, and by how much' {
        $null = Find-DeploymentPlan $config @llama -Ttft '50 ms' -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -BeLike 'no strategy keeps ttft 50.0 ms: the soonest first token takes * more'
    }

    It 'says what a model alone lacks' {
        { Find-DeploymentPlan $config -ErrorAction Stop } | Should -Throw '*give -Cluster too*'
    }

    It 'tries formats beside each other' {
        $found = Find-DeploymentPlan $config @llama -Precision bf16, fp8 -Top 40
        $found.Precision | Sort-Object -Unique | Should -Be 'bf16', 'fp8'
        $found[0].Plan.Model.Precision.ToString() | Should -BeLike "$($found[0].Precision)*"
        { Find-DeploymentPlan $config @llama -Precision fp9 -ErrorAction Stop } | Should -Throw "There is no format 'fp9'; known are *"
    }

    It 'finds the largest batch and the longest context' {
        $batch = Find-DeploymentPlan $config @llama -Tpot '100 ms' -Fit Batch -Top 3
        $batch[0].Sequences | Should -BeGreaterOrEqual $batch[1].Sequences
        $one = @{ Cluster = '8 x H100'; OutputLength = 512; Degree = 1, 2, 4, 8; Mode = 'Aggregated' }
        $context = Find-DeploymentPlan $config @one -Fit Context -Top 1
        $context.ContextLength | Should -BeGreaterThan 100000
        $context.Plan.Workload.PromptLength | Should -Be ($context.ContextLength - 512)
        { Find-DeploymentPlan $config @one -Fit Context -PromptLength 8 -ErrorAction Stop } | Should -Throw '*leave -PromptLength out*'
    }

    It 'keeps limits of throughput' {
        $found = Find-DeploymentPlan $config @llama -Ttft '500 ms' -Tpot '25 ms' -OutputThroughput '0.3 tokens/ms' -Top 100
        $found.TokensPerSecondPerGpu | Measure-Object -Minimum | ForEach-Object Minimum | Should -BeGreaterOrEqual 300
        $found.Count | Should -BeGreaterThan 3
    }

    It 'is a report and a picture too' {
        Find-DeploymentPlan $config @llama -Ttft '500 ms' -Tpot '25 ms' -Top 3 -AsMarkdown | Should -BeLike '*6 x tp2 and 1 x tp8*116 on the Pareto front*'
        Find-DeploymentPlan $config @llama -Ttft '500 ms' -Tpot '25 ms' -Top 3 -AsSvg | Should -BeLike '*data-rank="116"*'
    }

    It 'fits <_> columns' -ForEach 80, 120 {
        $text = Find-DeploymentPlan $config @llama -Ttft '500 ms' -Tpot '25 ms' | Out-String -Width $_
        $text.Split("`n").TrimEnd() | ForEach-Object Length | Measure-Object -Maximum | ForEach-Object Maximum | Should -BeLessOrEqual $_
        $text | Should -Match '6 x tp2 > 1 x'
    }
}
